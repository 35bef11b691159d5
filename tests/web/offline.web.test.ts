import { expect, test } from "vitest";
import { message, openConversation, row, say, webStage } from "./stage.ts";

const on = webStage();

test("what is written offline shows a clock, and is sent once when the network is back, in order", async () => {
  const [ann, bob] = await Promise.all([on.account("Ann Lee"), on.account("Bob Ray")]);
  await on.direct(ann, bob, "Hello");
  const [a, b] = await Promise.all([on.open(ann, { gateway: 0 }), on.open(bob, { gateway: 1 })]);
  await Promise.all([openConversation(a.page, "Bob Ray"), openConversation(b.page, "Ann Lee")]);
  await message(b.page, "Hello").waitFor();

  await b.context.setOffline(true);
  await b.page.getByText("Offline. What you write is sent later.").waitFor();
  for (const text of ["one", "two", "three"]) await say(b.page, text);
  await message(b.page, "three").getByRole("img", { name: "Sending" }).waitFor();
  await message(b.page, "Hello").click({ button: "right", position: { x: 3, y: 3 } });
  await b.page.getByRole("menuitemcheckbox", { name: "React with ❤️" }).click();
  await on.direct(ann, bob, "Are you there?");

  await b.context.setOffline(false);
  await message(a.page, "three").waitFor();
  await message(b.page, "Are you there?").waitFor();
  await message(a.page, "Hello").getByRole("button", { name: /❤️ 1/ }).waitFor();
  const said = await a.page
    .locator("article[data-message]")
    .evaluateAll((all) => all.map((each) => each.textContent ?? ""));
  const at = ["one", "two", "three"].map((text) => said.findIndex((each) => each.startsWith(text)));
  expect(at).toEqual([...at].sort((x, y) => x - y));
  expect(said.filter((each) => each.startsWith("two"))).toHaveLength(1);
  await message(b.page, "three")
    .getByRole("img", { name: /Delivered|Read/ })
    .waitFor();
});

test("a tab closed with unsent messages sends them when it is opened again, and shows what it held at once", async () => {
  const [ann, bob] = await Promise.all([on.account("Ann Lee"), on.account("Bob Ray")]);
  await on.direct(ann, bob, "Hello", "How are you?");
  const b = await on.open(bob, { gateway: 1 });
  await openConversation(b.page, "Ann Lee");
  await message(b.page, "How are you?").waitFor();
  // The service worker holds the app by now, or the closed tab could not be opened again without a network.
  await b.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await b.page.reload();
  await message(b.page, "How are you?").waitFor();
  await b.context.setOffline(true);
  await say(b.page, "Fine, and you?");
  await message(b.page, "Fine, and you?").getByRole("img", { name: "Sending" }).waitFor();
  const address = b.page.url();
  await b.page.close();

  const again = await b.context.newPage();
  await again.goto(address);
  await message(again, "How are you?").waitFor();
  await message(again, "Fine, and you?").getByRole("img", { name: "Sending" }).waitFor();
  await b.context.setOffline(false);
  await message(again, "Fine, and you?").getByRole("img", { name: "Sent", exact: true }).waitFor();
  const page = await on.rest(ann).get<{ content: string }[]>(`/messages/conversation/${bob.id}`);
  expect(page.body.filter(({ content }) => content === "Fine, and you?")).toHaveLength(1);
});

test("a killed gateway is noticed and waited for, and nothing that was written meanwhile is lost", async () => {
  const [ann, bob] = await Promise.all([on.account("Ann Lee"), on.account("Bob Ray")]);
  await on.direct(ann, bob, "Hello");
  const b = await on.open(bob, { gateway: 1 });
  await openConversation(b.page, "Ann Lee");
  await message(b.page, "Hello").waitFor();
  const gateway = on.platform.gateways[1];
  await gateway?.kill();
  await say(b.page, "Written into the void");
  await message(b.page, "Written into the void").getByRole("img", { name: "Sending" }).waitFor();
  await on.direct(ann, bob, "Said meanwhile");
  await gateway?.start();
  await message(b.page, "Said meanwhile").waitFor({ timeout: 30_000 });
  await message(b.page, "Written into the void")
    .getByRole("img", { name: /Sent|Delivered/ })
    .waitFor({ timeout: 30_000 });
});

test("two tabs of one browser show the same, and either may write", async () => {
  const [ann, bob] = await Promise.all([on.account("Ann Lee"), on.account("Bob Ray")]);
  await on.direct(ann, bob, "Hello");
  const b = await on.open(bob);
  const other = await b.context.newPage();
  await other.goto(on.url());
  await Promise.all([openConversation(b.page, "Ann Lee"), openConversation(other, "Ann Lee")]);
  await say(other, "From the second tab");
  await message(b.page, "From the second tab").waitFor();
  await b.page.close();
  await say(other, "The first one is closed");
  await message(other, "The first one is closed")
    .getByRole("img", { name: /Sent|Delivered/ })
    .waitFor();
  await on.direct(ann, bob, "And I hear you");
  await message(other, "And I hear you").waitFor();
  await row(other, "Ann Lee").waitFor();
});
