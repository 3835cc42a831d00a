declare module "virtual:theme.css";
declare module "virtual:colours.css";
declare module "*.json?more" {
  const words: Record<string, string>;
  export default words;
}
