/* Who one is: what opens the menu of what one may choose for oneself. */
import { Button, type ButtonProps } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import type { ComponentPropsWithRef } from "react";
import style from "./WhoButton.module.css";

export function WhoButton({ name, ...rest }: ButtonProps & ComponentPropsWithRef<"button"> & { name: string }) {
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      className={style.who}
      rightSection={<IconChevronDown size={14} aria-hidden />}
      {...rest}
    >
      <span className={style.name}>{name}</span>
    </Button>
  );
}
