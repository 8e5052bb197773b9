/* What a form sends by itself goes one after the other: a save and a file change the same rows, and each must know the version that the
   other made. */

const last = new WeakMap();

/** Do `act`, which gives a promise, when everything of the form before it has ended; gives what that gives. */
export function inTurn(form, act) {
  const turn = (last.get(form) || Promise.resolve()).then(act);
  last.set(form, turn.catch(() => {}));
  return turn;
}
