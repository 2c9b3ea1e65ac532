export interface ArrivalsConfig {
  readonly vendor: string;
  readonly options: object;
  readonly request: object;
  readonly abort?: number;
}

export function arrivals(config: ArrivalsConfig): Promise<string>;
