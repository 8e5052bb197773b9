/* The fields of a form and what stands in them. */

const OURS = ["csrfmiddlewaretoken", "shown"];
const NOT_TYPED = ["file", "submit", "button", "reset", "password"];

export function fieldsOf(form) {
  return [...form.elements].filter(
    (field) => field.name && !field.disabled && !NOT_TYPED.includes(field.type) && !OURS.includes(field.name)
      && field.dataset.noAutosave === undefined,
  );
}

/** Names to lists of texts; a box or choice that is not ticked is there with an empty list. */
export function valuesOf(fields) {
  const values = {};
  fields.forEach((field) => {
    const here = (values[field.name] ||= []);
    if (["checkbox", "radio"].includes(field.type)) {
      if (field.checked) here.push(field.value);
    } else if (field.type === "select-multiple") here.push(...[...field.selectedOptions].map((option) => option.value));
    else here.push(field.value);
  });
  return values;
}

/** Put texts into fields; gives back the fields that were changed. */
export function putBack(fields, values) {
  const used = {};
  const changed = [];
  fields.forEach((field) => {
    const kept = values[field.name];
    if (!kept) return;
    const before = [field.checked, field.value].join();
    if (["checkbox", "radio"].includes(field.type)) field.checked = kept.includes(field.value);
    else if (field.type === "select-multiple") [...field.options].forEach((option) => (option.selected = kept.includes(option.value)));
    else {
      const at = used[field.name] || 0;
      used[field.name] = at + 1;
      if (at < kept.length) field.value = kept[at];
    }
    field.tomselect?.sync();
    if (field.dataset.amount) field.dispatchEvent(new Event("input"));
    if (before !== [field.checked, field.value].join()) changed.push(field);
  });
  return changed;
}

export const same = (one, other) => JSON.stringify(one || []) === JSON.stringify(other || []);
