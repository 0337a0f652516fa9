// A package of npm that only bin/bundle installs (bin/bundling/package.json).
declare module "qr/decode.js";
