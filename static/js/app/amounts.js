/* Amounts: exact, with BigInt; a float never touches money. What is typed is read back in yuan and ten thousand yuan. */

import { say, whenShown } from "./page.js";

const SCALE = 8;
const ONE = 10n ** BigInt(SCALE);

/** Parse what a person types (spaces, full width digits, separators) to units of 10^-8, or null. */
function parseAmount(text) {
  const plain = text.normalize("NFKC").replace(/[\s,，]/g, "");
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(plain);
  if (!match || (!match[2] && !match[3]) || (match[3] || "").length > SCALE) return null;
  const units = BigInt(match[2] || "0") * ONE + BigInt((match[3] || "").padEnd(SCALE, "0"));
  return match[1] === "-" ? -units : units;
}

function writeAmount(units) {
  const sign = units < 0n ? "-" : "";
  const size = units < 0n ? -units : units;
  const whole = (size / ONE).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = (size % ONE).toString().padStart(SCALE, "0").replace(/0+$/, "");
  return sign + whole + (rest ? "." + rest : "");
}

const LOOKS_LIKE_YUAN = 100000n * ONE;
const LOOKS_LIKE_WAN = 1000n * ONE;

function readBack(input) {
  const out = document.querySelector('[data-readback-for="' + CSS.escape(input.id) + '"]');
  if (!out) return;
  delete out.dataset.tone;
  if (!input.value.trim()) {
    out.textContent = "";
    return;
  }
  const typed = parseAmount(input.value);
  if (typed === null) {
    out.textContent = say("notNumber");
    out.dataset.tone = "warn";
    return;
  }
  const inWan = input.dataset.amount === "wan";
  const yuan = writeAmount(inWan ? typed * 10000n : typed);
  const wan = writeAmount(inWan ? typed : typed / 10000n);
  const exact = inWan || typed % 10000n === 0n;
  const size = typed < 0n ? -typed : typed;
  if (inWan && size >= LOOKS_LIKE_YUAN) {
    out.textContent = say("looksYuan", { value: writeAmount(typed), yuan });
    out.dataset.tone = "warn";
  } else if (!inWan && size > 0n && size < LOOKS_LIKE_WAN && input.dataset.small === undefined) {
    out.textContent = say("looksWan", { value: writeAmount(typed) });
    out.dataset.tone = "warn";
  } else {
    out.textContent = exact ? say("readback", { yuan, wan }) : "";
  }
}

whenShown("input[data-amount]", readBack);
document.addEventListener("input", (event) => {
  if (event.target.matches("input[data-amount]")) readBack(event.target);
});
