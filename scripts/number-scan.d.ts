/** The text of src/exact/number-scan-code.ts. */
export function numberScanCode(): Promise<string>;
