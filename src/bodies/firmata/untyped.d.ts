// Neither says anything of its types; johnny-five.ts says what of them is used.
declare module "johnny-five";
declare module "firmata-io";
