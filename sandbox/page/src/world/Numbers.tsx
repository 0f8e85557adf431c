import { useEffect, useRef, useState } from 'react';
import { type ColourState, coloursOf, plainOf, shortImage } from '../api/cluster.ts';
import type { ServiceInfo, World } from '../api/world.ts';

interface Cluster {
  readonly deployments: unknown;
  readonly routes: unknown;
}

const show = (value: number | null): string =>
  value === null ? '—' : Math.round(value).toLocaleString('en-GB');

/** Requests a second from a counter, when the world does not say it itself. */
function useRate(total: number | null, said: number | null): number | null {
  const last = useRef<{ total: number; at: number } | null>(null);
  const [rate, setRate] = useState<number | null>(null);
  useEffect(() => {
    if (total === null) return;
    const at = performance.now();
    const before = last.current;
    if (before && total < before.total) last.current = { total, at };
    else if (!before || at - before.at > 900) {
      if (before) setRate(((total - before.total) * 1000) / (at - before.at));
      last.current = { total, at };
    }
  }, [total]);
  return said ?? rate;
}

function Colour({ state, isShown }: { state: ColourState; isShown: boolean }) {
  const isUp = state.wanted > 0 && state.ready >= state.wanted;
  return (
    <div className={`colour colour-${state.colour}`} data-off={state.wanted === 0 || undefined}>
      <i aria-hidden="true" />
      <span className="colour-name">{state.colour}</span>
      <code>{isShown ? (state.version ?? shortImage(state.image)) : '—'}</code>
      <span className={isUp ? 'pods' : state.wanted === 0 ? 'pods pods-none' : 'pods pods-wait'}>
        {state.wanted === 0 && state.ready === 0 ? 'no pods' : `${state.ready}/${state.wanted} ready`}
      </span>
      <strong>{state.weight === null ? '—' : `${state.weight} %`}</strong>
    </div>
  );
}

function Service({ service, cluster }: { service: ServiceInfo; cluster: Cluster | null }) {
  const rate = useRate(service.load?.sent ?? null, service.rps);
  const colours = coloursOf(cluster?.deployments, cluster?.routes, service.name).map((state) => ({
    ...state,
    weight: state.weight ?? service.weights?.[state.colour] ?? null,
  }));
  const [blue, green] = colours;
  const isPlain = cluster !== null && colours.every((state) => state.weight === null);
  const rows = isPlain
    ? [plainOf(cluster.deployments, service.name), ...colours.filter(({ wanted }) => wanted > 0)]
    : colours;
  const shares = isPlain
    ? 'one plain Deployment has all of the traffic'
    : `blue ${blue?.weight ?? 'unknown'} percent, green ${green?.weight ?? 'unknown'} percent`;
  const faulty = service.load?.faulty ?? 0;
  return (
    <li className="service">
      <header>
        <strong>{service.name}</strong>
        <span className="rate">{show(rate)} rps</span>
      </header>
      <div className="split" role="img" aria-label={`${service.name}: ${shares}`}>
        {isPlain && <i className="split-plain" style={{ flexGrow: 100 }} />}
        <i className="split-blue" style={{ flexGrow: blue?.weight ?? 0 }} />
        <i className="split-green" style={{ flexGrow: green?.weight ?? 0 }} />
      </div>
      {rows.map((state) => (
        <Colour key={state.colour} state={state} isShown={cluster !== null} />
      ))}
      {isPlain && (
        <p className="service-note service-plain">
          Not adopted yet: <code>/dabba adopt {service.name}</code>
        </p>
      )}
      {(faulty > 0 || (service.load?.failed ?? 0) > 0) && (
        <p className="service-note">
          {service.load?.failed ? <b>{show(service.load.failed)} failed · </b> : null}
          {show(faulty)} answered with an error by a faulty version
        </p>
      )}
    </li>
  );
}

/** The number that a rollout must never move is the biggest on the page. */
export function Numbers({ world, cluster }: { world: World; cluster: Cluster | null }) {
  const load = world.load;
  const rate = useRate(load?.sent ?? null, world.rps);
  const failed = load?.failed ?? null;
  return (
    <section className="numbers" aria-label="Live numbers">
      <div className={failed ? 'failed failed-bad' : 'failed'}>
        <strong>{show(failed)}</strong>
        <span>
          failed requests
          <small>
            {load ? `of ${show(load.sent)} sent · ${show(rate)} rps` : 'waiting for the constant load'}
          </small>
        </span>
        {load && load.faulty > 0 && (
          <span className="faulty">
            <b>{show(load.faulty)}</b>
            <small>faulty</small>
          </span>
        )}
      </div>
      <ul className="services">
        {world.services.map((service) => (
          <Service key={service.name} service={service} cluster={cluster} />
        ))}
      </ul>
    </section>
  );
}
