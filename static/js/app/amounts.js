/* Amounts: exact, with BigInt; a float never touches money. Read as `jurisdictions/amounts.py` reads them, said back in
   yuan and ten thousand yuan, added up as they are typed, and converted when their unit is changed. */

import { say, whenShown } from "./page.js";

const PLACES = 12; // units of 10^-12 yuan
const YUAN = 10n ** BigInt(PLACES);
const WAN = 10000n * YUAN;
const WRITTEN = { "元": YUAN, "万": WAN, "万元": WAN, "亿": WAN * 10000n, "亿元": WAN * 10000n };
const AMOUNT = /^((?:人民币)? *¥?) *([+-]? ?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]*)?|[+-]?\.[0-9]+) *([万亿]?[元圆]?)整?$/;
const LONGEST = 60;

const folded = (text) => text.normalize("NFKC").replace(/\p{Cf}/gu, "").trim().replace(/(?<=[0-9])。(?=[0-9])/g, ".")
  .replaceAll("萬", "万").replaceAll("億", "亿").replaceAll("−", "-");
const factorOf = (unit) => (unit === "wan" ? WAN : YUAN);

/** What a person typed: {size (10^-12 yuan), written: whether with a unit}, or {unclear: the sentence that asks}. */
export function readAmount(text, unit) {
  const plain = folded(text);
  const found = plain.length <= LONGEST && AMOUNT.exec(plain);
  if (!found) {
    const numbers = plain.match(/[0-9]+(?:[.,]+[0-9]+)*/g) || [];
    if (numbers.length > 1) return { unclear: "amountSeveral" };
    return { unclear: numbers.length && plain.length <= LONGEST && /[.,]/.test(numbers[0]) ? "amountSeparators" : "amountWords" };
  }
  const written = found[3].replace("圆", "元") || (found[1] ? "元" : "");
  const [whole, rest = ""] = found[2].replace(/[+\-, ]/g, "").split(".");
  const factor = written ? WRITTEN[written] : factorOf(unit);
  const size = (BigInt(whole || "0") * 10n ** BigInt(rest.length) + BigInt(rest || "0")) * factor;
  const scale = 10n ** BigInt(rest.length);
  return { size: (found[2].includes("-") ? -size : size) / scale, exact: size % scale === 0n, written: Boolean(written) };
}

function write(size, unit, grouped = true) {
  const factor = factorOf(unit);
  const places = factor.toString().length - 1;
  const plain = size < 0n ? -size : size;
  const digits = (plain / factor).toString();
  const rest = (plain % factor).toString().padStart(places, "0").replace(/0+$/, "");
  return (size < 0n ? "-" : "") + (grouped ? digits.replace(/\B(?=(\d{3})+$)/g, ",") : digits) + (rest ? "." + rest : "");
}

/* ---- said back -------------------------------------------------------------------------------------------- */

const LOOKS_LIKE_YUAN = 100000n * WAN;
const LOOKS_LIKE_WAN = 1000n * YUAN;

function readBack(input) {
  const out = document.querySelector('[data-readback-for="' + CSS.escape(input.id) + '"]');
  if (!out) return;
  const typed = readAmount(input.value, input.dataset.amount);
  const inWan = input.dataset.amount === "wan";
  const size = typed.size < 0n ? -typed.size : typed.size;
  let warns = true;
  if (!input.value.trim()) {
    out.textContent = "";
    warns = false;
  } else if (typed.unclear) {
    out.textContent = say(typed.unclear, { text: input.value.trim().slice(0, 40) });
  } else if (inWan && !typed.written && size >= LOOKS_LIKE_YUAN) {
    out.textContent = say("looksYuan", { value: write(typed.size, "wan"), yuan: write(typed.size, "yuan") });
  } else if (!inWan && !typed.written && size > 0n && size < LOOKS_LIKE_WAN && input.dataset.small === undefined) {
    out.textContent = say("looksWan", { value: write(typed.size, "yuan") });
  } else {
    out.textContent = say("readback", { yuan: write(typed.size, "yuan"), wan: write(typed.size, "wan") });
    warns = false;
  }
  if (warns) out.dataset.tone = "warn";
  else delete out.dataset.tone;
}

/* ---- added up: <div data-sum="money-lines" data-total="money-investment"> below rows -------------------------- */

function addUp(place) {
  const { sum, total } = place.dataset;
  const rows = [...document.querySelectorAll('input[data-amount][name^="' + CSS.escape(sum) + '-"]')].filter((one) => one.value.trim());
  const whole = document.getElementsByName(total)[0];
  const amounts = rows.map((one) => readAmount(one.value, one.dataset.amount).size);
  place.textContent = "";
  delete place.dataset.tone;
  if (!amounts.length || amounts.includes(undefined)) return;
  const unit = rows[0].dataset.amount;
  const words = { sum: write(amounts.reduce((one, other) => one + other), unit), unit: say(unit) };
  const wanted = whole?.value.trim() ? readAmount(whole.value, whole.dataset.amount).size : undefined;
  const gap = wanted === undefined ? 0n : amounts.reduce((one, other) => one + other) - wanted;
  words.gap = write(gap < 0n ? -gap : gap, unit);
  if (gap) place.dataset.tone = "warn";
  place.textContent = say(wanted === undefined ? "sumAlone" : gap < 0n ? "sumLess" : gap > 0n ? "sumMore" : "sumEqual", words);
}
const addAllUp = () => document.querySelectorAll("[data-sum]").forEach(addUp);

/* ---- another unit: what was typed without one of its own is written in the new one ---------------------------- */

function convert(form, name, unit, label) {
  const blank = [...document.querySelectorAll("template[data-line-of]")].map((one) => one.content); // of rows to be added
  const inputs = (root) => [...root.querySelectorAll('input[data-unit-from="' + CSS.escape(name) + '"]')];
  [form, ...blank].flatMap(inputs).forEach((input) => {
    const typed = readAmount(input.value, input.dataset.amount);
    if (!typed.unclear && !typed.written && typed.exact) input.value = write(typed.size, unit, false);
    input.dataset.amount = unit;
    const word = input.parentElement.querySelector("[data-unit-word]");
    if (word) word.textContent = label;
    readBack(input);
  });
  const shown = form.elements.namedItem("shown:" + name);
  if (shown) shown.value = unit;
  addAllUp();
}

whenShown("input[data-amount]", readBack);
whenShown("[data-sum]", addUp);
document.addEventListener("input", ({ target }) => {
  if (!target.matches("input[data-amount]")) return;
  readBack(target);
  addAllUp();
});
document.addEventListener("change", ({ target }) => {
  if (target.form && target.matches("input[data-unit]") && target.checked) {
    convert(target.form, target.name, target.value, target.closest("label").textContent.trim());
  } else if (target.matches("form")) addAllUp(); // a row was taken away
});
document.addEventListener("paste", (event) => {
  // Cells of a table: the field would join their lines to one number.
  const text = event.clipboardData?.getData("text/plain") || "";
  if (!event.target.matches?.("input[data-amount]") || !/\S\s*[\t\r\n]\s*\S/.test(text)) return;
  event.preventDefault();
  event.target.setRangeText(text.trim().replace(/\s+/g, " "), event.target.selectionStart, event.target.selectionEnd, "end");
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
});
