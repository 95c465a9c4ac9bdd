interface Format {
  extension: string;
  write(path: string, rows: number): void | Promise<void>;
}

export const FORMATS: Record<string, Format>;
