declare module "virtual:theme.css";
declare module "virtual:colours.css";
