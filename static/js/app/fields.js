/* The fields of a form and what stands in them. */

export function fieldsOf(form) {
  return [...form.elements].filter(
    (field) => field.name && !field.disabled && !["file", "submit", "button", "reset", "password"].includes(field.type)
      && !["csrfmiddlewaretoken", "shown"].includes(field.name) && field.dataset.noAutosave === undefined,
  );
}

export function valuesOf(form) {
  const values = {};
  fieldsOf(form).forEach((field) => {
    if (["checkbox", "radio"].includes(field.type)) {
      values[field.name] = values[field.name] || [];
      if (field.checked) values[field.name].push(field.value);
    } else if (field.type === "select-multiple") {
      values[field.name] = [...field.selectedOptions].map((option) => option.value);
    } else {
      values[field.name] = [...(values[field.name] || []), field.value];
    }
  });
  return values;
}

export function putBack(form, values) {
  const used = {};
  fieldsOf(form).forEach((field) => {
    const kept = values[field.name];
    if (!kept) return;
    if (["checkbox", "radio"].includes(field.type)) field.checked = kept.includes(field.value);
    else if (field.type === "select-multiple") {
      [...field.options].forEach((option) => (option.selected = kept.includes(option.value)));
      field.tomselect?.sync();
    } else {
      const at = used[field.name] || 0;
      used[field.name] = at + 1;
      if (at < kept.length) field.value = kept[at];
      field.tomselect?.sync();
    }
    if (field.dataset.amount) field.dispatchEvent(new Event("input"));
  });
}
