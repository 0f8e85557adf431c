/** A TCP connection from the bot to an address named in the configuration. Never throws. */
export interface TcpProber {
  /** Connects and closes at once; nothing is sent. */
  connect(
    host: string,
    port: number,
    timeoutMs: number,
  ): Promise<{ readonly ok: boolean; readonly detail: string; readonly ms: number }>;
}
