/** How often a fault happens that never stops by itself: a number that JSON has too, unlike `Infinity`. */
export const everyRequest = Number.MAX_SAFE_INTEGER;
