/** The text of src/records/row-scan-code.ts. */
export function rowScanCode(): Promise<string>;
