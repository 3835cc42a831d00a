import { expect, test } from "vitest";
import { spelt } from "./host.ts";

test("a host's name is spelt as it is looked up, and nothing else is changed", () => {
  const samples: [string, string][] = [
    ["https://Drücker.büro.example:8443", "https://xn--drcker-4ya.xn--bro-hoa.example:8443"],
    ["http://プリンタ.example/", "http://xn--5ck4bxctb.example"],
    ["https://192.0.2.7:8443", "https://192.0.2.7:8443"],
    ["HTTP://MFP_1.example", "HTTP://MFP_1.example"],
    ["http://mfp.example/ä", "http://mfp.example/ä"],
    ["http://ä:ä@mfp.example", "http://ä:ä@mfp.example"],
    ["Drücker", "Drücker"],
  ];
  for (const [typed, address] of samples) expect(spelt(typed)).toBe(address);
});
