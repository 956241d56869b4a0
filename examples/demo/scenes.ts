/** The scenes of the demo. What takes days in an inbox takes seconds here. */
import type { SettingsInput } from '../../clients/typescript/src/index';
import type { Story } from './story';
import { throughWhatsApp } from './whatsapp';

export const SETTINGS = {
  csat: { enabled: true, timeout_seconds: 4, late_answer_seconds: 600 },
  auto_close: { after_seconds: 6 },
  auto_archive: { after_seconds: 3 },
  flows: { timeout_seconds: 4 },
} as const satisfies SettingsInput;

const SNOOZED_MS = 2_000;

async function surveyAnswered(story: Story): Promise<void> {
  const c = story.about('A question is answered, and so is the survey', 'c_survey');
  await c.when('the customer writes', { type: 'message' }, 'new');
  await c.when('ana replies', { type: 'agent_reply', agent: 'ana' }, 'in_progress');
  await c.when('ana tags it "refund"', { type: 'tag_add', tags: ['refund'] }, 'in_progress');
  await c.when('ana closes it: the survey goes out', { type: 'close', agent: 'ana' }, 'resolved');
  await c.when('the customer answers with 5', { type: 'csat_answer', score: 5 }, 'closed');
  await c.when('bo takes the tag off', { type: 'tag_remove', tags: ['refund'] }, 'refused tags_locked');
  await c.wait('closed');
}

async function surveyMissed(story: Story): Promise<void> {
  const c = story.about('Nobody answers the survey in time', 'c_late');
  await c.when('the customer writes', { type: 'message' }, 'new');
  await c.when('bo replies', { type: 'agent_reply', agent: 'bo' }, 'in_progress');
  await c.when('bo closes it: the survey goes out', { type: 'close', agent: 'bo' }, 'resolved');
  await c.wait('closed');
  await c.when('the customer answers with 4, too late', { type: 'csat_answer', score: 4 }, 'closed');
  const second = { type: 'csat_answer', score: 1 } as const;
  await c.when('and again, with 1: the first answer stands', second, 'refused survey_answered');
}

async function flowInterrupted(story: Story): Promise<void> {
  const c = story.about('A bot has the conversation until a person steps in', 'c_bot');
  const start = { type: 'flow_start', flow: 'welcome', execution: 'x1' } as const;
  await c.when('the bot flow "welcome" starts', start, 'in_flow');
  await c.when('the customer writes to the bot', { type: 'message' }, 'in_flow');
  await c.when('ana replies: the flow must stop', { type: 'agent_reply', agent: 'ana' }, 'in_progress');
  await c.when(
    'the flow reports that it ended, too late',
    { type: 'flow_end', execution: 'x1' },
    'in_progress',
  );
}

async function botHandsOver(story: Story): Promise<void> {
  const c = story.about('A customer comes back: the bot answers, and hands over to a person', 'c_inbound');
  await c.when('the customer writes', { type: 'message' }, 'new');
  const start = { type: 'flow_start', flow: 'menu', execution: 'x5', source: 'inbound' } as const;
  await c.when("the bot takes the customer's message", start, 'in_flow');
  await c.when('the customer answers the bot', { type: 'message' }, 'in_flow');
  const end = { type: 'flow_end' as const, execution: 'x5', assign: { team: 'sales' }, tags: ['order'] };
  await c.when('the bot hands over to sales', end, 'in_progress');
  const again = { ...start, execution: 'x6' };
  await c.when('another bot wants to answer', again, 'refused conversation_open');
  await c.when('bo replies', { type: 'agent_reply', agent: 'bo' }, 'in_progress');
}

async function nobodyAnswers(story: Story): Promise<void> {
  const c = story.about('A broadcast nobody answers makes no work', 'c_silent');
  const start = { type: 'flow_start', flow: 'sale', execution: 'x2', source: 'broadcast' } as const;
  await c.when('the broadcast goes out', start, 'in_flow');
  await c.wait('closed');
}

async function flowLost(story: Story): Promise<void> {
  const c = story.about('A bot falls silent on a customer: a person is asked to look', 'c_lost');
  const start = { type: 'flow_start', flow: 'order', execution: 'x7' } as const;
  await c.when('the bot flow "order" starts', start, 'in_flow');
  await c.when('the customer writes to the bot', { type: 'message' }, 'in_flow');
  await c.wait('new');
}

async function surveyFailed(story: Story): Promise<void> {
  const c = story.about('A survey cannot be delivered, and thanks come after the close', 'c_thanks');
  await c.when('ana writes from her phone', { type: 'agent_reply', agent: null }, 'in_progress');
  await c.when('ana closes it: the survey goes out', { type: 'close', agent: 'ana' }, 'resolved');
  const failed = { type: 'survey_failed', reason: '131026' } as const;
  await c.when('WhatsApp cannot deliver it', failed, 'closed');
  await c.when('the customer says thanks', { type: 'message', kind: 'courtesy' }, 'closed');
  await c.when('the good-bye text goes out', { type: 'automatic_message' }, 'closed');
}

async function broadcast(story: Story): Promise<void> {
  const c = story.about('A broadcast leaves alone whom an agent is working for', 'c_news');
  await c.when('the customer writes', { type: 'message' }, 'new');
  await c.when('ana replies', { type: 'agent_reply', agent: 'ana' }, 'in_progress');
  const path = '/v1/inboxes/{inbox}/broadcasts/eligibility';
  const params = { path: { inbox: story.inbox } };
  const conversations = ['c_news', 'c_survey', 'c_nobody'];
  const { eligible, blocked } = await story.client.POST(path, { params, body: { conversations } });
  const why = blocked.map((b) => `${b.conversation} (${b.reason})`).join(', ');
  story.say(`          of ${conversations.join(', ')} it may reach ${eligible.join(', ')}; not ${why}`);
  const news = { type: 'flow_start', flow: 'news', source: 'broadcast' } as const;
  await c.when('the broadcast tries all the same', { ...news, execution: 'x3' }, 'refused conversation_open');
  const urgent = { ...news, flow: 'recall', execution: 'x4', has_priority: true };
  await c.when('an urgent one has priority', urgent, 'in_flow');
  await c.when('it ends: back to what it interrupted', { type: 'flow_end', execution: 'x4' }, 'in_progress');
}

async function snoozed(story: Story): Promise<void> {
  const c = story.about('Put aside for a while', 'c_snooze');
  await c.when('the customer writes', { type: 'message' }, 'new');
  const until = new Date(Date.now() + SNOOZED_MS).toISOString();
  await c.when('ana snoozes it', { type: 'snooze', until }, 'new');
  await c.wait('new');
}

async function wentQuiet(story: Story): Promise<void> {
  const c = story.about('Nobody writes any more, until the customer comes back', 'c_quiet');
  await c.when('the customer writes', { type: 'message' }, 'new');
  await c.when('bo replies', { type: 'agent_reply', agent: 'bo' }, 'in_progress');
  await c.wait('closed');
  await c.wait('closed');
  await c.when('the customer writes again: a new episode', { type: 'message' }, 'new');
}

export const SCENES = [
  throughWhatsApp,
  surveyAnswered,
  surveyMissed,
  flowInterrupted,
  botHandsOver,
  flowLost,
  nobodyAnswers,
  surveyFailed,
  broadcast,
  snoozed,
  wentQuiet,
];
