import { memo, type ReactNode, useMemo } from "react";
import type { Message } from "../shell/types.ts";
import { CodeBlock } from "./code-block.tsx";
import styles from "./message-text.module.css";
import { type Inline, parseBlocks } from "./parse.ts";

type Mentioned = Message["metadata"]["mentioned"];

interface MessageTextProps {
  content: string;
  mentioned?: Mentioned;
  selfId?: string | undefined;
}

/** A message's words. Everything of it is text nodes and elements that we chose: what people write is never markup. */
export const MessageText = memo(function MessageText({ content, mentioned, selfId }: MessageTextProps) {
  const blocks = useMemo(
    () => parseBlocks(content, new Map(mentioned?.map(({ text, userId }) => [text.toLowerCase(), userId]))),
    [content, mentioned],
  );
  const inline = (children: readonly Inline[]) => children.map((node, at) => draw(node, at, selfId));
  return blocks.map((block, at) => {
    const key = `${at}${block.kind}`;
    switch (block.kind) {
      case "paragraph":
        return (
          <p key={key} className={styles.paragraph} dir="auto">
            {inline(block.children)}
          </p>
        );
      case "code":
        return <CodeBlock key={key} text={block.text} language={block.language} />;
      case "quote":
        return (
          <blockquote key={key} className={styles.quote} dir="auto">
            {inline(block.children)}
          </blockquote>
        );
      default: {
        const items = block.items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: items of one text never move
          <li key={index} dir="auto">
            {inline(item)}
          </li>
        ));
        return block.ordered ? (
          <ol key={key} className={styles.list} start={block.start}>
            {items}
          </ol>
        ) : (
          <ul key={key} className={styles.list}>
            {items}
          </ul>
        );
      }
    }
  });
});

function draw(node: Inline, key: number, selfId: string | undefined): ReactNode {
  switch (node.kind) {
    case "text":
      return node.text;
    case "code":
      return (
        <code key={key} className={styles.code}>
          {node.text}
        </code>
      );
    case "mention":
      return (
        <span key={key} className={styles.mention} data-self={node.userId === selfId ? "" : undefined}>
          {node.text}
        </span>
      );
    case "link":
      return (
        <a
          key={key}
          href={node.href}
          title={node.href}
          target="_blank"
          rel="noopener noreferrer nofollow"
          className={styles.link}
        >
          {node.children.map((child, at) => draw(child, at, selfId))}
        </a>
      );
    default: {
      const Tag = node.kind === "strong" ? "strong" : node.kind === "em" ? "em" : "s";
      return <Tag key={key}>{node.children.map((child, at) => draw(child, at, selfId))}</Tag>;
    }
  }
}

const onlyEmoji = /^(?:\p{RGI_Emoji}\s*){1,3}$/v;

/** One to three emoji and nothing else: they are shown large. */
export function isJumbo(content: string): boolean {
  return content.length <= 40 && onlyEmoji.test(content.trim());
}
