/* Every style sheet, in order: Mantine's by component, so that unused ones are not shipped, then
 * the theme, then ours. */
import "@mantine/core/styles/baseline.css";
import "@mantine/core/styles/global.css";
import "virtual:theme.css";
import "@mantine/core/styles/UnstyledButton.css";
import "@mantine/core/styles/Button.css";
import "@mantine/core/styles/Input.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/PasswordInput.css";
import "@mantine/core/styles/ActionIcon.css";
import "@mantine/core/styles/CloseButton.css";
import "./app.css";
/* Menu.css and Popover.css come with the menu. */
