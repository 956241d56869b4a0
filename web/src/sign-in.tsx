import { signedOutBecause, signIn } from './model/session.ts';

export function SignIn() {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement).get('key');
    if (typeof given === 'string' && given.trim() !== '') signIn(given.trim());
  };
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <h1>Conversation statuses</h1>
        <p>
          Sign in with an API key. It needs the scope <code>conversations:read</code>; with{' '}
          <code>events:write</code> you can also act.
        </p>
        <label>
          API key
          <input name="key" type="password" autocomplete="off" required autofocus />
        </label>
        {signedOutBecause.value && (
          <p class="error" role="alert">
            {signedOutBecause.value}
          </p>
        )}
        <button class="primary">Sign in</button>
        <p class="quiet">
          The key is kept in this tab and is gone when you close it. <code>npm start</code> prints one.
        </p>
      </form>
    </main>
  );
}
