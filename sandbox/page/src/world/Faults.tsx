import { useEffect, useState } from 'react';
import type { FaultKind, FaultRequest } from '../../../contract.ts';
import { control } from '../api/client.ts';
import type { World } from '../api/world.ts';
import { Icon } from '../Icon.tsx';
import { useToast } from '../state/toasts.tsx';
import { AROUND_FAULTS, describe, endOf, isOn, newestNotLive, VERSION_FAULTS } from './faultKinds.ts';
import { RouteEdit } from './RouteEdit.tsx';
import { Switch } from './Switch.tsx';

/** Sends one fault and shows what came of it. */
function useInject(onChanged: () => Promise<void>) {
  const say = useToast();
  const [busy, setBusy] = useState<FaultKind | null>(null);
  const inject = async (fault: FaultRequest, done?: string) => {
    setBusy(fault.kind);
    try {
      await control.fault(fault);
      await onChanged();
      if (done) say(done, 'info');
    } catch (failure) {
      say(`Not injected: ${failure instanceof Error ? failure.message : String(failure)}`);
    } finally {
      setBusy(null);
    }
  };
  return { busy, inject };
}

export function Faults({ world, onChanged }: { world: World; onChanged: () => Promise<void> }) {
  const { busy, inject } = useInject(onChanged);
  const [service, setService] = useState('payment-gateway');
  const [version, setVersion] = useState('v2.3.1');
  const [amounts, setAmounts] = useState<Readonly<Record<string, number>>>({});
  const versions = world.services.find((one) => one.name === service)?.versions ?? [];
  const isKnown = versions.includes(version);
  const newest = newestNotLive(world, service);
  useEffect(() => {
    if (!isKnown && newest) setVersion(newest);
  }, [isKnown, newest]);
  const target = { service, version };
  return (
    <section className="faults" aria-labelledby="faults-title" id="faults">
      <h3 id="faults-title">Break something</h3>
      {world.faults.length > 0 && (
        <ul className="active-faults" aria-label="Active faults">
          {world.faults.map((fault) => (
            <li key={describe(fault)}>
              <Icon name="bolt" size={14} /> {describe(fault)}
              <button
                type="button"
                className="icon-button"
                aria-label={`End: ${describe(fault)}`}
                onClick={() => void inject(endOf(fault))}
              >
                <Icon name="close" size={14} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <fieldset className="fault-group">
        <legend>A version misbehaves</legend>
        <div className="fault-target">
          <select aria-label="Service" value={service} onChange={(event) => setService(event.target.value)}>
            {world.services.map((one) => (
              <option key={one.name}>{one.name}</option>
            ))}
          </select>
          <select aria-label="Version" value={version} onChange={(event) => setVersion(event.target.value)}>
            {versions.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </div>
        {VERSION_FAULTS.map(({ kind, title, what, amount }) => {
          const on = isOn(world.faults, kind, target);
          const value = amounts[kind] ?? amount?.start ?? 0;
          return (
            <Switch
              key={kind}
              title={title}
              what={what}
              isOn={on}
              isBusy={busy === kind}
              onToggle={() =>
                void inject({
                  kind,
                  ...target,
                  ...(on ? { off: true } : amount ? { [amount.key]: value } : {}),
                })
              }
            >
              {amount && (
                <span className="amount">
                  <input
                    type="number"
                    min={1}
                    max={amount.max}
                    value={value}
                    aria-label={`${title}: ${amount.unit}`}
                    onChange={(event) =>
                      setAmounts((all) => ({ ...all, [kind]: Number(event.target.value) }))
                    }
                  />
                  {amount.unit}
                </span>
              )}
            </Switch>
          );
        })}
      </fieldset>
      <fieldset className="fault-group">
        <legend>Something around it</legend>
        {AROUND_FAULTS.map(({ kind, title, what, isMoment }) => {
          const on = isOn(world.faults, kind);
          if (!isMoment) {
            return (
              <Switch
                key={kind}
                title={title}
                what={what}
                isOn={on}
                isBusy={busy === kind}
                onToggle={() => void inject(on ? { kind, off: true } : { kind })}
              />
            );
          }
          return (
            <div key={kind} className={on ? 'fault fault-on' : 'fault'}>
              <div className="fault-text">
                <strong>{title}</strong>
                <small>{what}</small>
              </div>
              <button
                type="button"
                className="button button-plain button-small"
                disabled={busy === kind}
                onClick={() => void inject({ kind }, `${title}: done.`)}
              >
                {busy === kind || on ? 'Away…' : 'Do it'}
              </button>
            </div>
          );
        })}
        <RouteEdit
          world={world}
          isBusy={busy === 'editRoute'}
          onEdit={(fault, done) => void inject(fault, done)}
        />
      </fieldset>
    </section>
  );
}
