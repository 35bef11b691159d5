import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";

export type ScreenEvents = {
  readonly onLine: (line: string) => void;
  /** The user typed something; `text` is what the line holds now. */
  readonly onTyping: (text: string) => void;
  /** Ctrl-C, Ctrl-D, or the end of the input. */
  readonly onEnd: () => void;
};

type Style = "dim" | "bold" | "green" | "yellow";
const CODES: Record<Style, [number, number]> = {
  dim: [2, 22],
  bold: [1, 22],
  green: [32, 39],
  yellow: [33, 39],
};

/**
 * The terminal: lines above, the prompt with what is being typed below. Without a terminal it is plain lines in and
 * plain lines out. What is printed must have been made harmless already.
 */
export class Screen {
  readonly interactive: boolean;
  readonly #lines: Interface;
  readonly #colours: boolean;
  #prompt = "> ";
  #closed = false;

  constructor(events: ScreenEvents, colours: boolean) {
    this.interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
    this.#colours = this.interactive && colours;
    this.#lines = createInterface({
      input: process.stdin,
      ...(this.interactive ? { output: process.stdout } : {}),
      terminal: this.interactive,
    });
    this.#lines.on("line", events.onLine);
    this.#lines.on("SIGINT", () => this.#lines.close());
    this.#lines.once("close", () => {
      this.#closed = true;
      if (this.interactive) process.stdout.write("\n");
      events.onEnd();
    });
    if (this.interactive) process.stdin.on("keypress", () => events.onTyping(this.#lines.line));
  }

  /** Prints a line above the prompt and leaves what is being typed as it is. */
  print(line: string): void {
    if (!this.interactive || this.#closed) {
      process.stdout.write(`${line}\n`);
      return;
    }
    moveCursor(process.stdout, 0, -this.#lines.getCursorPos().rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    process.stdout.write(`${line}\n`);
    this.#redraw();
  }

  /** What stands before the line that is being typed. */
  prompt(text: string): void {
    if (this.#prompt === text) return;
    if (this.interactive && !this.#closed) {
      moveCursor(process.stdout, 0, -this.#lines.getCursorPos().rows);
      cursorTo(process.stdout, 0);
      clearScreenDown(process.stdout);
    }
    this.#prompt = text;
    this.#redraw();
  }

  /** Shows the prompt again after a line was entered. */
  ready(): void {
    this.#redraw();
  }

  /** Text in a style, where styles can be seen. */
  paint(style: Style, text: string): string {
    const [on, off] = CODES[style];
    return this.#colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }

  close(): void {
    this.#lines.close();
  }

  #redraw(): void {
    if (!this.interactive || this.#closed) return;
    this.#lines.setPrompt(this.#prompt);
    // readline would go up as many rows as the line had: the cursor stands where the line is to begin.
    (this.#lines as Interface & { prevRows: number }).prevRows = 0;
    this.#lines.prompt(true);
  }
}
