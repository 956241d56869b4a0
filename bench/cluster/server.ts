export interface ClusterOptions {
  dir: string;
  cacheDir: string;
  databaseUrl: string;
  namespace: string;
  keywords: readonly string[];
  say: (what: string) => void;
}

export function startCluster(
  options: ClusterOptions,
): Promise<{ address: string; pid: number; stop: () => Promise<void> }> {
  return Promise.reject(new Error(`no cluster in ${options.dir} yet`));
}
