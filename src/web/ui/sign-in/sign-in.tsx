import { type FormEvent, useId, useState } from "react";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Logo } from "../parts/logo.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { type Failure, failureOf } from "../shell/failure.ts";
import styles from "./sign-in.module.css";

type Mode = "sign-in" | "register";

/** The way in: an account that is there, or a new one. */
export function SignIn() {
  const [mode, setMode] = useState<Mode>("sign-in");
  const notice = useChat((state) => state.connection.notice);
  const mayRegister = useChat((state) => state.config?.registration !== false);
  const registering = mode === "register" && mayRegister;
  const titleId = useId();
  return (
    <main className={styles.page}>
      <section className={styles.card} aria-labelledby={titleId}>
        <Logo size={52} />
        <h1 id={titleId} className={styles.title}>
          {registering ? "Create your account" : "Welcome back"}
        </h1>
        <p className={styles.lead}>
          {registering
            ? "A name, an address, a password: that is all."
            : "Sign in to carry on where you left off."}
        </p>
        {notice && (
          <p className={styles.notice} role="status">
            {notice}
          </p>
        )}
        <SignInForm key={mode} registering={registering} />
        {mayRegister && (
          <p className={styles.other}>
            {registering ? "You have an account?" : "New here?"}{" "}
            <button
              type="button"
              className={styles.link}
              onClick={() => setMode(registering ? "sign-in" : "register")}
            >
              {registering ? "Sign in" : "Create an account"}
            </button>
          </p>
        )}
      </section>
    </main>
  );
}

function SignInForm({ registering }: { registering: boolean }) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    const credentials = { email: text("email").trim(), password: text("password") };
    setBusy(true);
    setFailure(null);
    try {
      if (registering) await client.account.register({ ...credentials, name: text("name").trim() });
      else await client.account.signIn(credentials);
    } catch (error) {
      setFailure(failureOf(error));
      setBusy(false);
    }
  }

  const at = (field: string) => (failure?.field === field ? failure.text : undefined);
  const placed = ["name", "email", "password"].includes(failure?.field ?? "");
  return (
    <form className={styles.form} onSubmit={submit}>
      {registering && (
        <Field
          label="Name"
          name="name"
          autoComplete="name"
          required
          maxLength={200}
          autoFocus
          error={at("name")}
        />
      )}
      <Field
        label="E-mail address"
        name="email"
        type="email"
        autoComplete="username"
        required
        autoFocus={!registering}
        error={at("email")}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete={registering ? "new-password" : "current-password"}
        required
        {...(registering && { minLength: 8, hint: "At least 8 characters" })}
        error={at("password")}
      />
      {failure && !placed && (
        <p className={styles.error} role="alert">
          {failure.text}
        </p>
      )}
      <Button type="submit" look="primary" busy={busy} className={styles.submit}>
        {busy ? "One moment…" : registering ? "Create account" : "Sign in"}
      </Button>
    </form>
  );
}
