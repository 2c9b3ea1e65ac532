/** The text of src/exact/page-scan-code.ts. */
export function pageScanCode(): Promise<string>;
