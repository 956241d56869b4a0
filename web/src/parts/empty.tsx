import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { go } from '../model/route.ts';
import { sendSample } from '../model/sample.ts';
import { said } from '../model/session.ts';

/** Nothing is here: why, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** What the key may not even see. */
export function Lacks({ scope, what }: { scope: string; what: string }) {
  return (
    <Empty title={`This key may not see ${what}`}>
      <p>
        It lacks the scope <code>{scope}</code>. Sign in with a key that has it; <code>POST /v1/keys</code>{' '}
        makes one.
      </p>
    </Empty>
  );
}

export function SampleButton({ inbox }: { inbox: string | null }) {
  const [state, setState] = useState<{ busy?: boolean; error?: string }>({});
  const send = async () => {
    setState({ busy: true });
    try {
      const to = await sendSample(inbox);
      setState({});
      go({ inbox: to });
    } catch (error) {
      setState({ error: said(error) });
    }
  };
  return (
    <>
      <button class="primary" disabled={state.busy} onClick={() => void send()}>
        {state.busy ? 'Sending …' : 'Send sample conversations'}
      </button>
      {state.error && (
        <p class="error" role="alert">
          {state.error}
        </p>
      )}
    </>
  );
}

export function Trouble({ error, retry }: { error: string; retry: () => void }) {
  return (
    <div class="trouble" role="alert">
      <span>{error}</span>
      <button class="small" onClick={retry}>
        Try again
      </button>
    </div>
  );
}
