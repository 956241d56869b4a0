const PIECE = 5_000;
const PIECES = 200;

/**
 * Deletes piece by piece: no statement takes long, and none is undone because all together take too long.
 * @param remove deletes so many at most, and returns how many it did
 * @returns how many were deleted; the next call deletes what is too many for one
 */
export async function inPieces(remove: (atMost: number) => Promise<number>): Promise<number> {
  let gone = 0;
  for (let i = 0; i < PIECES; i += 1) {
    const piece = await remove(PIECE);
    gone += piece;
    if (piece < PIECE) break;
  }
  return gone;
}
