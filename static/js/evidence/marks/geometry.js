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
