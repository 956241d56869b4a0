/** `close`, `csat_answer`, `csat_comment`, `survey_failed` and `reopen`. */
import type { Conversation, Survey } from '../../../src/domain/conversation';
import { BY_BEN, DAY, LOCKED_VIP, NOW, closed, inFlow, inProgress, newOne, ranOut, survey } from '../given';
import { everywhere, ignored, refused, row, type Cell } from './row';

const BY_CLEO = { by: 'agent', agent: 'cleo', reason: null };
const BY_API = { by: 'api', agent: null, reason: null };
const CLOSED = { status: 'closed', closed_at: NOW, tags: [LOCKED_VIP] };
const ASKED = survey({ survey: 'c_1.1', asked_at: NOW, expires_at: NOW + DAY });
const CSAT = { csat: { enabled: true } };

/** The cell of an open status. `left` is what leaving the status changes, besides the close. */
function closes(left: Cell['changes'], agent: string, tells: string[] = []): Cell[] {
  const toClosed = { ...CLOSED, close: BY_CLEO, ...left };
  const toResolved = { status: 'resolved', close: BY_CLEO, survey: { ...ASKED, agent }, ...left };
  return [
    { words: 'else closed (C-SAT off)', changes: toClosed, tells },
    {
      words: 'else closed (C-SAT on, skip_survey)',
      inbox: CSAT,
      fields: { skip_survey: true },
      changes: toClosed,
      tells,
    },
    {
      words: '→ resolved where a survey is asked',
      inbox: CSAT,
      changes: toResolved,
      tells: [...tells, 'survey.requested c_1.1'],
    },
    {
      words: '→ resolved where a survey is asked (closed by nobody in particular)',
      inbox: CSAT,
      fields: { agent: null },
      changes: {
        ...toResolved,
        close: BY_API,
        survey: { ...ASKED, agent: agent === 'cleo' ? null : agent },
      },
      tells: [...tells, 'survey.requested c_1.1'],
    },
    {
      words: 'else closed (closed by nobody in particular)',
      fields: { agent: null },
      changes: { ...toClosed, close: BY_API },
      tells,
    },
  ];
}

export const close = row({
  event: 'close',
  cells: {
    not_contacted: refused('not_open'),
    new: closes({ unread: false, waiting_since: null }, 'cleo'),
    in_progress: closes({}, 'ben'),
    in_flow: closes({ flow: null }, 'cleo', ['flow.interrupted x1 by close']),
    resolved: [
      {
        words: 'with skip_survey → closed, survey superseded',
        fields: { skip_survey: true },
        changes: { ...CLOSED, survey: survey({ state: 'superseded' }) },
      },
      { ...ignored('no_change'), words: 'else ignored no_change' },
    ],
    closed: [
      ignored('no_change'),
      {
        ...ignored('no_change'),
        words: 'ignored no_change (with skip_survey)',
        fields: { skip_survey: true },
      },
    ],
  },
});

const ANSWER = { state: 'answered' as const, score: 5, answered_at: NOW };

/** "See below": an answer to the last survey, outside `resolved`. */
function answers(asked: (part: { survey: Survey; survey_count: number }) => Conversation): Cell[] {
  const after = (last: Survey) => asked({ survey: last, survey_count: 1 });
  const lately = ranOut(NOW - DAY);
  return [
    { ...refused('no_survey'), words: 'refused no_survey (none)' },
    {
      ...refused('no_survey'),
      words: 'refused no_survey (superseded)',
      given: after(survey({ state: 'superseded' })),
    },
    {
      ...refused('no_survey'),
      words: 'refused no_survey (failed)',
      given: after(survey({ state: 'failed', failure: '131026' })),
    },
    { ...refused('survey_answered'), given: after(survey({ state: 'answered', score: 2 })) },
    {
      words: 'timed out less than csat.late_answer_seconds ago → answered late, status unchanged',
      given: after(lately),
      changes: { survey: { ...lately, ...ANSWER, late: true } },
      tells: ['survey.answered c_1.1'],
    },
    {
      ...refused('survey_expired'),
      words: 'older → refused survey_expired',
      given: after(ranOut(NOW - 15 * DAY)),
    },
  ];
}

export const csatAnswer = row({
  event: 'csat_answer',
  cells: {
    not_contacted: refused('no_survey'),
    new: answers(newOne),
    in_progress: answers(inProgress),
    in_flow: answers((part) => inFlow({}, part)),
    resolved: {
      words: '→ closed, survey answered',
      changes: { ...CLOSED, survey: survey(ANSWER) },
      tells: ['survey.answered c_1.1'],
    },
    closed: answers(closed),
  },
});

/** In any status: a comment on a score that came before it. */
function comments(asked: (part: { survey: Survey; survey_count: number }) => Conversation): Cell[] {
  const after = (part: Partial<Survey>) => asked({ survey: survey(part), survey_count: 1 });
  const scored = { state: 'answered' as const, score: 4, answered_at: NOW - DAY };
  return [
    {
      words:
        'answered less than csat.late_answer_seconds ago and without a comment → applied, status unchanged',
      given: after(scored),
      changes: { survey: survey({ ...scored, comment: 'quick' }) },
      tells: ['survey.answered c_1.1'],
    },
    {
      ...refused('survey_answered'),
      words: 'with one → refused survey_answered',
      given: after({ ...scored, comment: 'slow' }),
    },
    {
      ...refused('survey_expired'),
      words: 'answered longer ago → refused survey_expired',
      given: after({ ...scored, answered_at: NOW - 14 * DAY }),
    },
    ...(['superseded', 'expired', 'failed'] as const).map((state) => ({
      ...refused('no_survey'),
      words: `else refused no_survey (${state})`,
      given: after({ state }),
    })),
  ];
}

export const csatComment = row({
  event: 'csat_comment',
  cells: {
    not_contacted: { ...refused('no_survey'), words: 'else refused no_survey (none)' },
    new: comments(newOne),
    in_progress: comments(inProgress),
    in_flow: comments((part) => inFlow({}, part)),
    resolved: { ...refused('no_survey'), words: 'else refused no_survey (pending)' },
    closed: comments(closed),
  },
});

export const surveyFailed = row({
  event: 'survey_failed',
  cells: everywhere(refused('no_survey'), {
    resolved: {
      words: 'this survey: failed; → closed',
      changes: { ...CLOSED, survey: survey({ state: 'failed', failure: 'undeliverable' }) },
      tells: ['survey.failed c_1.1'],
    },
  }),
});

export const reopen = row({
  event: 'reopen',
  cells: {
    not_contacted: refused('not_closed'),
    new: refused('not_closed'),
    in_progress: refused('not_closed'),
    in_flow: refused('not_closed'),
    resolved: {
      words: 'resume → in_progress; survey superseded',
      changes: { status: 'in_progress', close: null, survey: survey({ state: 'superseded' }) },
    },
    closed: {
      words: 'resume → in_progress (tags stay locked)',
      given: closed({ tags: [LOCKED_VIP], close: BY_BEN }),
      changes: { status: 'in_progress', close: null, closed_at: null },
    },
  },
});
