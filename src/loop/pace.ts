/** Says how fast work goes and how long it will take, from what was done since the first call. */
export function pace(now: () => number = () => performance.now()): (done: number, total: number) => string {
  let first: { done: number; at: number } | undefined;
  return (done, total) => {
    first ??= { done, at: now() };
    const seconds = (now() - first.at) / 1000;
    const since = done - first.done;
    if (since <= 0 || seconds <= 0) return `${done}/${total}`;
    const rate = since / seconds;
    const left = done < total ? `, ${duration((total - done) / rate)} left` : '';
    return `${done}/${total}, ${rate < 10 ? rate.toPrecision(2) : Math.round(rate)}/s${left}`;
  };
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
