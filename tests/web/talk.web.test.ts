import { expect, test } from "vitest";
import { message, openConversation, say, webStage } from "./stage.ts";

const on = webStage();

test("two people on two gateways write to each other: it is there at once, and the marks go from sent to read", async () => {
  const [ann, bob] = await Promise.all([on.account("Ann Lee"), on.account("Bob Ray")]);
  await on.direct(ann, bob, "Hello Bob");
  const [a, b] = await Promise.all([on.open(ann, { gateway: 0 }), on.open(bob, { gateway: 1 })]);

  const row = b.page.getByRole("navigation").getByRole("button", { name: "Ann Lee" });
  await row.getByText("1 unread").waitFor();
  await row.getByText("Hello Bob").waitFor();

  await openConversation(a.page, "Bob Ray");
  await message(a.page, "Hello Bob").getByRole("img", { name: "Delivered" }).waitFor();
  await openConversation(b.page, "Ann Lee");
  await message(a.page, "Hello Bob").getByRole("img", { name: "Read" }).waitFor();
  await expect.poll(() => row.getByText("unread").count()).toBe(0);

  await b.page.getByRole("textbox", { name: "Message", exact: true }).pressSequentially("Hi");
  await a.page.getByRole("main").getByText("typing").waitFor();
  await say(b.page, "Hi Ann");
  await message(a.page, "Hi Ann").waitFor();
  expect(await message(a.page, "Hi Ann").count()).toBe(1);
});
