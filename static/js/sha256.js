// SHA-256 (FIPS 180-4) for pages that are no secure context, where browsers withhold WebCrypto.

const K = new Uint32Array(64);
const START = new Uint32Array(8);

/** The constants are the first 32 bits of the fractional parts of cube and square roots of the first primes. */
(function fill() {
  const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
  for (let candidate = 2, found = 0; found < 64; candidate++) {
    if (Array.from({ length: candidate - 2 }, (_, index) => index + 2).some((divisor) => candidate % divisor === 0)) continue;
    if (found < 8) START[found] = fraction(Math.sqrt(candidate));
    K[found++] = fraction(Math.cbrt(candidate));
  }
})();

/**
 * @param {ArrayBuffer} content
 * @returns {Uint8Array} 32 bytes
 */
export function digest(content) {
  const state = START.slice();
  const whole = new Uint8Array(content);
  const full = whole.length - (whole.length % 64);
  const view = new DataView(content);
  for (let offset = 0; offset < full; offset += 64) compress(state, view, offset);
  const tail = new Uint8Array(whole.length - full < 56 ? 64 : 128);
  tail.set(whole.subarray(full));
  tail[whole.length - full] = 0x80;
  const last = new DataView(tail.buffer);
  last.setUint32(tail.length - 8, Math.floor(whole.length / 2 ** 29));
  last.setUint32(tail.length - 4, (whole.length << 3) >>> 0);
  for (let offset = 0; offset < tail.length; offset += 64) compress(state, last, offset);
  const result = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => result.setUint32(index * 4, word));
  return new Uint8Array(result.buffer);
}

const W = new Uint32Array(64);
const turned = (word, by) => (word >>> by) | (word << (32 - by));

function compress(state, view, offset) {
  for (let t = 0; t < 16; t++) W[t] = view.getUint32(offset + t * 4);
  for (let t = 16; t < 64; t++) {
    const a = W[t - 15];
    const b = W[t - 2];
    W[t] = W[t - 16] + (turned(a, 7) ^ turned(a, 18) ^ (a >>> 3)) + W[t - 7] + (turned(b, 17) ^ turned(b, 19) ^ (b >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const first = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + K[t] + W[t]) | 0;
    const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => (state[index] += word));
}
