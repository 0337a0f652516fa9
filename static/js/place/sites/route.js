// Walking routes: a good order of sites from where the inspector stands, to an end that is left open. The same as
// inspect_app/domain/place/routes.py; a test gives both the same distances and expects the same order.

import { distance } from "../distance.js";

/** @typedef {import("../distance.js").Point} Point */
/** @typedef {number[][]} Matrix metres between any two of: the start (0), the stops (1 … n), the end (n + 1, no distance from anything) */

/** More than anybody walks in a day; planning takes some tenths of a second on a slow phone. */
export const MOST_STOPS = 60;
const EXACT_UP_TO = 9;
const FIRSTS = 8;
const LONGEST_MOVED = 3;
const LEAST_GAIN_M = 1e-6;

/**
 * @param {Point|null} start null: any stop may be the first
 * @param {Point[]} stops
 * @returns {Matrix}
 */
export function distances(start, stops) {
  const size = stops.length + 2;
  /** @type {Matrix} */
  const metres = Array.from({ length: size }, () => Array(size).fill(0));
  stops.forEach((one, index) => {
    const row = index + 1;
    if (start) metres[0][row] = metres[row][0] = distance(start, one);
    for (let column = row + 1; column < size - 1; column++) {
      metres[row][column] = metres[column][row] = distance(one, stops[column - 1]);
    }
  });
  return metres;
}

/**
 * The stops in a good walking order, never longer than 1, 2, … n.
 * @param {Matrix} metres
 * @returns {number[]} 1 … n
 */
export function bestOrder(metres) {
  const count = metres.length - 2;
  if (count <= EXACT_UP_TO) return shortestOrder(metres);
  const given = Array.from({ length: count }, (_, index) => index + 1);
  const nearest = [...given].sort((a, b) => metres[0][a] - metres[0][b] || a - b).slice(0, FIRSTS);
  const tried = [given, ...nearest.map((first) => nearestNeighbour(metres, first))].map((order) => improved(metres, order));
  const lengths = tried.map((order) => lengthOf(metres, order));
  return tried[lengths.indexOf(Math.min(...lengths))];
}

/**
 * Metres from the start through the stops in this order.
 * @param {Matrix} metres
 * @param {number[]} order
 */
export function lengthOf(metres, order) {
  return order.reduce((sum, stop, index) => sum + metres[index ? order[index - 1] : 0][stop], 0);
}

/**
 * From the first stop always to the nearest one that is left.
 * @param {Matrix} metres
 * @param {number} first
 */
function nearestNeighbour(metres, first) {
  const left = new Set(metres.slice(1, -1).map((_, index) => index + 1));
  left.delete(first);
  const order = [first];
  while (left.size) {
    const here = metres[order[order.length - 1]];
    let next = 0;
    for (const stop of left) if (!next || here[stop] < here[next]) next = stop;
    order.push(next);
    left.delete(next);
  }
  return order;
}

/**
 * The order after every gain that turning a part round (2-opt) or moving up to three stops (or-opt) has.
 * @param {Matrix} metres
 * @param {number[]} order
 */
export function improved(metres, order) {
  let path = [0, ...order, metres.length - 1];
  for (;;) {
    const better = turnOne(metres, path) ?? moveOne(metres, path);
    if (!better) return path.slice(1, -1);
    path = better;
  }
}

/**
 * The shortest of all orders (Held and Karp): the work doubles with each stop, so for few stops only.
 * @param {Matrix} metres
 */
function shortestOrder(metres) {
  const count = metres.length - 2;
  if (count <= 0) return [];
  const sets = 1 << count;
  const least = Array.from({ length: sets }, () => Array(count).fill(Infinity));
  const before = Array.from({ length: sets }, () => Array(count).fill(-1));
  for (let stop = 0; stop < count; stop++) least[1 << stop][stop] = metres[0][stop + 1];
  for (let visited = 1; visited < sets; visited++) {
    for (let last = 0; last < count; last++) {
      const soFar = least[visited][last];
      if (soFar === Infinity) continue;
      for (let stop = 0; stop < count; stop++) {
        const more = visited | (1 << stop);
        const total = soFar + metres[last + 1][stop + 1];
        if (more !== visited && total < least[more][stop]) {
          least[more][stop] = total;
          before[more][stop] = last;
        }
      }
    }
  }
  let visited = sets - 1;
  let last = least[visited].indexOf(Math.min(...least[visited]));
  const order = [];
  while (last >= 0) {
    order.unshift(last + 1);
    const earlier = before[visited][last];
    visited &= ~(1 << last);
    last = earlier;
  }
  return order;
}

/** @param {Matrix} metres @param {number[]} path @returns {number[]|null} with the first part turned round that makes it shorter */
function turnOne(metres, path) {
  for (let start = 1; start < path.length - 2; start++) {
    const [before, first] = [path[start - 1], path[start]];
    for (let end = start + 1; end < path.length - 1; end++) {
      const [last, after] = [path[end], path[end + 1]];
      const gain = metres[before][first] + metres[last][after] - metres[before][last] - metres[first][after];
      if (gain > LEAST_GAIN_M) {
        return [...path.slice(0, start), ...path.slice(start, end + 1).reverse(), ...path.slice(end + 1)];
      }
    }
  }
  return null;
}

/** @param {Matrix} metres @param {number[]} path @returns {number[]|null} with one to three stops in a row where they lie better */
function moveOne(metres, path) {
  for (let length = 1; length <= LONGEST_MOVED; length++) {
    for (let start = 1; start < path.length - length; start++) {
      const [first, last] = [path[start], path[start + length - 1]];
      const [before, after] = [path[start - 1], path[start + length]];
      const saved = metres[before][first] + metres[last][after] - metres[before][after];
      if (saved <= LEAST_GAIN_M) continue;
      const part = path.slice(start, start + length);
      const rest = [...path.slice(0, start), ...path.slice(start + length)];
      for (let place = 1; place < rest.length; place++) {
        const [left, right] = [rest[place - 1], rest[place]];
        const room = saved + metres[left][right];
        if (room - metres[left][first] - metres[last][right] > LEAST_GAIN_M) {
          return [...rest.slice(0, place), ...part, ...rest.slice(place)];
        }
        if (room - metres[left][last] - metres[first][right] > LEAST_GAIN_M) {
          return [...rest.slice(0, place), ...part.reverse(), ...rest.slice(place)];
        }
      }
    }
  }
  return null;
}
