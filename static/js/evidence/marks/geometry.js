// Marks on a photo as data: two points in thousandths of the upright picture, whatever its size on the screen.

/** @typedef {{x: number, y: number}} Point in pixels of the screen */
/** @typedef {{kind: "arrow"|"circle"|"blur", points: [[number, number], [number, number]]}} Mark an arrow's tail and head, else two corners */
/** @typedef {{left: number, top: number, width: number, height: number}} Rect */

export const MOST = 20;
/** A finger that draws less than this has only touched. */
const LEAST = 20;
const NEAR = 40;

/** @param {Point} point @param {Rect} picture as it is shown, upright @returns {[number, number]} within the picture */
export function permille({ x, y }, { left, top, width, height }) {
  const share = (value, from, of) => Math.min(1000, Math.max(0, Math.round(((value - from) / of) * 1000)));
  return [share(x, left, width), share(y, top, height)];
}

/**
 * @param {Mark["kind"]} kind @param {[number, number]} from @param {[number, number]} to
 * @returns {Mark|null} null where that was no stroke
 */
export function markOf(kind, from, to) {
  const [wide, high] = [Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
  const drawn = kind === "arrow" ? Math.hypot(wide, high) >= LEAST : Math.min(wide, high) >= LEAST;
  return drawn ? { kind, points: [from, to] } : null;
}

/** One in the middle, to be moved from there. @param {Mark["kind"]} kind @returns {Mark} */
export const middle = (kind) => ({ kind, points: [[400, 400], [600, 600]] });

/** @param {Mark} mark @param {[number, number]} way @returns {Mark} moved by it, as far as the picture goes */
export function moved(mark, [right, down]) {
  const [left, top, toRight, toBottom] = corners(mark);
  const [x, y] = [Math.min(1000 - toRight, Math.max(-left, right)), Math.min(1000 - toBottom, Math.max(-top, down))];
  const [from, to] = mark.points;
  return { ...mark, points: [[from[0] + x, from[1] + y], [to[0] + x, to[1] + y]] };
}

/** @param {Mark} mark @param {[number, number]} way @returns {Mark} with its head, or its second corner, moved by it where a mark is left of it */
export function stretched({ kind, points: [from, to] }, [right, down]) {
  const within = (value) => Math.min(1000, Math.max(0, value));
  return markOf(kind, from, [within(to[0] + right), within(to[1] + down)]) ?? { kind, points: [from, to] };
}

/** @param {Mark} mark @returns {[number, number, number, number]} left, top, right, bottom */
export function corners({ points: [[x, y], [toX, toY]] }) {
  return [Math.min(x, toX), Math.min(y, toY), Math.max(x, toX), Math.max(y, toY)];
}

/** The last drawn mark that a finger touches; -1 where it touches none. @param {Mark[]} marks @param {[number, number]} at */
export const touched = (marks, at) => marks.map((mark) => (mark.kind === "arrow" ? awayFrom(mark, at) <= NEAR : isWithin(corners(mark), at))).lastIndexOf(true);

/** @param {[number, number, number, number]} box @param {[number, number]} at */
const isWithin = ([left, top, right, bottom], [x, y]) => x >= left - NEAR / 2 && x <= right + NEAR / 2 && y >= top - NEAR / 2 && y <= bottom + NEAR / 2;

/** How far a point is from an arrow. @param {Mark} mark @param {[number, number]} at */
function awayFrom({ points: [[x, y], [toX, toY]] }, at) {
  const [wide, high] = [toX - x, toY - y];
  const along = Math.min(1, Math.max(0, ((at[0] - x) * wide + (at[1] - y) * high) / (wide * wide + high * high)));
  return Math.hypot(at[0] - x - along * wide, at[1] - y - along * high);
}

/** The lines of an arrow's head, in the picture's own pixels. @param {[number, number]} from @param {[number, number]} tip @param {number} length */
export function headOf(from, tip, length) {
  const back = Math.atan2(from[1] - tip[1], from[0] - tip[0]);
  return [-0.49, 0.49].map((turn) => [tip[0] + length * Math.cos(back + turn), tip[1] + length * Math.sin(back + turn)]);
}
