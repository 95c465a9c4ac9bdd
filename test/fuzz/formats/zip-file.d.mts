export interface ZipMember {
  name: string;
  bytes: Uint8Array;
  deflate?: boolean;
  packed?: Uint8Array;
  method?: number;
  flags?: number;
  crc?: number;
  byteLength?: number;
}
export function zipFile(
  files: readonly ZipMember[],
  options?: { zip64?: boolean; comment?: string },
): Uint8Array;
export function filesOf(archive: Uint8Array): ZipMember[] | undefined;
