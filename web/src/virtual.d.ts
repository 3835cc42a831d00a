declare module "virtual:theme.css";
declare module "virtual:colours.css";
declare module "*.json?lost" {
  const words: Record<"ui.lost.title" | "ui.lost.text" | "ui.action.reload", string>;
  export default words;
}
declare module "*.json?more" {
  const words: Record<string, string>;
  export default words;
}
