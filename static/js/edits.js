// A value that is edited here and that comes from elsewhere as well: as the answer to what was sent, from the phone's
// storage, from another page. What comes late never replaces what was edited meanwhile.

/**
 * @template T
 * @typedef {object} Edited
 * @property {() => T} now
 * @property {(next: T) => void} edit somebody changed it here
 * @property {() => (answer: T) => boolean} ask called at the moment of asking; what it gives takes the answer, unless the
 *   value was edited since, or a later question was answered; it says whether it did
 * @property {() => boolean} unsaved whether it was edited since the question whose answer was taken
 */

/**
 * @template T
 * @param {T} value as it is elsewhere
 * @returns {Edited<T>}
 */
export function edited(value) {
  let [edits, saved, questions, answered] = [0, 0, 0, 0];
  return {
    now: () => value,
    edit(next) {
      value = next;
      edits += 1;
    },
    ask() {
      const [at, question] = [edits, (questions += 1)];
      return (answer) => {
        if (edits !== at || question < answered) return false;
        [value, saved, answered] = [answer, at, question];
        return true;
      };
    },
    unsaved: () => edits !== saved,
  };
}

/**
 * Named values that were edited at two places since both had the same: each as it was edited here, else as it is there.
 * @template T
 * @param {Record<string, T>} base what both had
 * @param {Record<string, T>} here
 * @param {Record<string, T>} there
 * @returns {Record<string, T>}
 */
export function merged(base, here, there) {
  const names = [...new Set([...Object.keys(there), ...Object.keys(here)])];
  const of = (name) => (here[name] === base[name] ? there : here);
  return Object.fromEntries(names.filter((name) => name in of(name)).map((name) => [name, of(name)[name]]));
}
