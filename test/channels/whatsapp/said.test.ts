import { whatIsSaid } from '../../../src/channels/whatsapp/said';

test.each([
  ...[
    ['5', 5],
    [' 1 ', 1],
    ['3\n', 3],
    ['４', 4],
    ['5️⃣', 5],
    ['٤', 4],
    ['५', 5],
  ],
  ...[
    ['⭐', 1],
    ['⭐⭐⭐⭐⭐', 5],
    ['★★★', 3],
    ['⭐️ ⭐️', 2],
    ['🌟🌟🌟🌟', 4],
  ],
  ...[
    ['👍', 5],
    ['👍🏽', 5],
    ['👎', 1],
  ],
] as [string, number][])('%j is a rating of %i', (text, rating) => {
  expect(whatIsSaid(text)).toEqual({ kind: 'text', rating });
});

test.each(['0', '6', '10', '55', '1.5', '5 apples', 'five', '⭐⭐⭐⭐⭐⭐', '👍👍', '5 👍', '½', '①0', ''])(
  '%j is no rating',
  (text) => {
    expect(whatIsSaid(text)).not.toHaveProperty('rating');
  },
);

test.each([
  ...['thanks', 'Thank you!', 'THANK YOU SO MUCH!!!', 'Thanks, bye', 'thanks 🙏', '🙏', '🙏🏽🙏🏽', '❤️'],
  ...[
    'Gracias',
    'muchas gracias 😊',
    'Adiós',
    'Obrigada',
    'Obrigado! Até logo',
    'valeu',
    'Merci, bonne journée',
  ],
  ...['Danke schön', 'Vielen Dank. Tschüss!', 'Grazie mille', 'Dank je wel', 'Teşekkürler', 'terima kasih'],
  ...['Спасибо', 'धन्यवाद', 'شكرًا', 'תודה רבה', '谢谢！', 'ありがとうございます'],
])('%j is thanks or good-bye and nothing else', (text) => {
  expect(whatIsSaid(text)).toEqual({ kind: 'courtesy' });
});

test.each([
  ...[
    'thanks but it is still broken',
    'thanks, when will it come?',
    'bye the way',
    'no thanks',
    'please',
    'ok',
    '?',
  ],
  ...[
    '',
    '   ',
    '...',
    'gracias pero no',
    'Boa tarde',
    'Buenas noches',
    'x'.repeat(5_000),
    'thanks '.repeat(1_000),
  ],
])('%j is a message like others', (text) => {
  expect(whatIsSaid(text)).toEqual({ kind: 'text' });
});
