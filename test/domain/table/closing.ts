/** `close`, `csat_answer` and `reopen`. */
import type { Conversation, Survey } from '../../../src/domain/conversation';
import { BY_BEN, DAY, LOCKED_VIP, NOW, closed, inFlow, inProgress, newOne, ranOut, survey } from '../given';
import { ignored, refused, row, type Cell } from './row';

const BY_CLEO = { by: 'agent', agent: 'cleo', reason: null };
const CLOSED = { status: 'closed', closed_at: NOW, tags: [LOCKED_VIP] };
const ASKED = survey({ survey: 'c_1.1', asked_at: NOW, expires_at: NOW + DAY });
const CSAT = { csat: { enabled: true } };

/** The cell of an open status: what leaving it alone brings, besides the close. */
function closes(left: Cell['changes'], agent: string, tells: string[] = []): Cell[] {
  const toClosed = { ...CLOSED, close: BY_CLEO, ...left };
  const toResolved = { status: 'resolved', close: BY_CLEO, survey: { ...ASKED, agent }, ...left };
  return [
    { words: 'with C-SAT off → closed', changes: toClosed, tells },
    {
      words: 'with C-SAT on and skip_survey → closed',
      inbox: CSAT,
      fields: { skip_survey: true },
      changes: toClosed,
      tells,
    },
    {
      words: 'with C-SAT on and no skip_survey → resolved',
      inbox: CSAT,
      changes: toResolved,
      tells: [...tells, 'survey.requested c_1.1'],
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
