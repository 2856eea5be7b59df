// Keys of the page and of what is written on it.
/** Whether a key goes into text that a person writes: there it means nothing else, the space bar included. */
export const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLInputElement && ["text", "search"].includes(target.type));
