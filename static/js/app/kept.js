/* What was typed and has not arrived yet, kept on this computer: for one person, only what they changed, no longer than two weeks. What
   the service says was carried out (the cookie `done` names the showings of pages) is forgotten; nothing else is taken for success. */

const LONGEST_MS = 14 * 24 * 3600 * 1000;
const START = "xunzhang:";
const person = document.body.dataset.person;

/** The name a form's copy is kept under: office computers are shared. */
export const nameOf = (what) => START + (person ? person + ":" : "") + what;

export function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) || null;
  } catch {
    return null;
  }
}

/** Whether it is kept; without `fields` it is forgotten. */
export function write(name, fields, more) {
  try {
    if (Object.keys(fields).length) localStorage.setItem(name, JSON.stringify({ at: Date.now(), fields, ...more }));
    else localStorage.removeItem(name);
    return true;
  } catch {
    return false;
  }
}

const carriedOut = () => /(?:^|; )done="?([\w.-]*)/.exec(document.cookie)?.[1].split(".") || [];

/** A form is sent now: its copy goes when the service says that this showing was carried out. */
export function sent(form, name) {
  const showing = form.elements.namedItem("shown")?.value.split(".")[1];
  const copy = read(name);
  if (!copy || !showing) return;
  write(name, copy.fields, { sent: showing });
  // What the same page did before is no answer to what it sends now.
  document.cookie = "done=" + carriedOut().filter((one) => one !== showing).join(".") + "; path=/; max-age=86400; samesite=lax";
}

function forgetWhatArrived() {
  const done = carriedOut();
  Object.keys(localStorage).filter((name) => name.startsWith(START)).forEach((name) => {
    const copy = read(name);
    if (!copy?.at || done.includes(copy.sent) || Date.now() - copy.at > LONGEST_MS) localStorage.removeItem(name);
  });
}

try {
  forgetWhatArrived();
} catch {
  /* No storage, nothing kept. */
}
