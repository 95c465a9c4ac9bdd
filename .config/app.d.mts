/** Make the page in a folder, which is emptied before; default build/app. */
export function buildApp(out?: string): Promise<void>;
/** Serve a folder with the page; without `isolated`, as a host does that cannot set headers. */
export function serveApp(options?: {
  dir?: string;
  port?: number;
  isolated?: boolean;
  host?: string;
}): Promise<{ url: string; close(): Promise<void> }>;
