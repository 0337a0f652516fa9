// Modules that are loaded when they are needed, also when they did not arrive at first: until lately browsers kept the
// failure of an address for as long as the page was open, so that every later try failed without asking the network
// (whatwg/html#6768). Browsers name the address that failed, but for Safari, where only loading the page again helps.

/**
 * What `load` imports; under another address where its own failed.
 * @template Module
 * @param {() => Promise<Module>} load
 * @returns {Promise<Module>}
 */
export async function arriving(load) {
  try {
    return await load();
  } catch (error) {
    const [address] = /https?:\S+\.js/.exec(String(error)) ?? [];
    if (!address) throw error;
    const again = new URL(address);
    again.searchParams.set("again", String(Date.now()));
    return await import(again.href);
  }
}
