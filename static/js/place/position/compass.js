// The direction the phone points to, where it has a compass and gives it.

/** @typedef {{alpha: number|null, beta: number|null, absolute: boolean, webkitCompassHeading?: number}} Turned */

const STEP_DEGREES = 4;

/**
 * Where the upper edge of the screen points to. Tilting the phone up to the face does not change it; upside down there
 * is no answer.
 * @param {Turned} event
 * @param {number} screenAngle degrees by which the page is turned on the screen
 * @returns {number|null} degrees clockwise from north, 0 to 360
 */
export function headingOf({ alpha, beta, absolute, webkitCompassHeading }, screenAngle) {
  const north = webkitCompassHeading ?? (absolute && alpha !== null && Math.abs(beta ?? 0) < 90 ? 360 - alpha : NaN);
  return Number.isFinite(north) && north >= 0 ? (north + screenAngle + 360) % 360 : null;
}

/** Whether this browser wants to be asked, on a tap, before it tells the direction. */
export const mustAsk = () => typeof asker()?.requestPermission === "function";

/** @returns {Promise<boolean>} */
export async function ask() {
  try {
    return (await asker().requestPermission()) === "granted";
  } catch {
    return false;
  }
}

/**
 * @param {(heading: number) => void} onHeading degrees clockwise from north; told when it has turned by some degrees
 * @returns {() => void} ends it
 */
export function followCompass(onHeading) {
  let last = Infinity;
  /** @param {any} event */
  const turned = (event) => {
    const heading = headingOf(event, screen.orientation?.angle ?? 0);
    if (heading === null || Math.abs(((heading - last + 540) % 360) - 180) < STEP_DEGREES) return;
    last = heading;
    onHeading(heading);
  };
  const names = ["deviceorientationabsolute", "deviceorientation"];
  for (const name of names) addEventListener(name, turned);
  return () => names.forEach((name) => removeEventListener(name, turned));
}

const asker = () => /** @type {any} */ (globalThis).DeviceOrientationEvent;
