import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { control } from './api/client.ts';
import { readWorld, type World } from './api/world.ts';
import { NamesContext } from './blocks/names.ts';
import { Icon } from './Icon.tsx';
import { Composer, type Draft } from './message/Composer.tsx';
import { MessageList } from './message/MessageList.tsx';
import { ThreadPane } from './message/ThreadPane.tsx';
import { ViewModal } from './modal/ViewModal.tsx';
import { directChannel, Rail } from './rail/Rail.tsx';
import { YouAre } from './rail/YouAre.tsx';
import { WorldContext } from './state/context.ts';
import { useMessages } from './state/messages.ts';
import { namesOf } from './state/namesOf.ts';
import { usePlace } from './state/place.ts';
import { usePolled } from './state/polling.ts';
import { useTheme } from './state/theme.ts';
import { useTyping } from './state/typing.ts';
import { useUnread } from './state/unread.ts';
import { useEvents } from './state/useEvents.ts';
import { useViews } from './state/views.ts';
import { ADOPT_COMMAND, FIRST_COMMAND, type GuideActions, type Step } from './world/Guide.tsx';
import { Welcome } from './world/Welcome.tsx';
import { WorldPanel } from './world/WorldPanel.tsx';

const EMPTY_WORLD = readWorld(null);

const channelTitle = (world: World, channel: string, user: string): string =>
  channel === directChannel(user)
    ? world.bot.name
    : `#${world.channels.find((one) => one.id === channel)?.name ?? channel}`;

/** Scrolls to what a step speaks of and lets it glow for a moment. */
function point(selector: string): void {
  const element = document.querySelector<HTMLElement>(selector);
  if (!element) return;
  element.scrollIntoView({ behavior: 'smooth', block: 'center' });
  element.classList.remove('glow');
  requestAnimationFrame(() => element.classList.add('glow'));
}

export function App() {
  const { theme, toggle } = useTheme();
  const { listen, isUp } = useEvents();
  const world = usePolled(
    useCallback(async () => readWorld(await control.world()), []),
    1000,
  );
  const shown = world.value ?? EMPTY_WORLD;
  const place = usePlace(shown);
  const { user, channel, thread, isWorldOpen } = place;
  const { messages, error, refresh } = useMessages(channel, user, null, listen);
  const views = useViews(user, listen);
  const unread = useUnread(listen, channel);
  const isTyping = useTyping(listen, channel);
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const [isRailOpen, setRailOpen] = useState(false);
  const [draft, setDraft] = useState<Draft>({ text: '', serial: 0 });
  const [done, setDone] = useState<ReadonlySet<number>>(new Set());

  const dismiss = useCallback((ts: string) => setDismissed((all) => new Set(all).add(ts)), []);
  const refreshViews = views.refresh;
  const acted = useCallback(async () => {
    await Promise.all([refresh(), refreshViews()]);
  }, [refresh, refreshViews]);

  const context = useMemo(() => ({ world: shown, theme, user }), [shown, theme, user]);
  const names = useMemo(() => namesOf(shown, user), [shown, user]);
  const title = channelTitle(shown, channel, user);
  useEffect(() => {
    document.title = `${title} · ${shown.team}`;
  }, [title, shown.team]);

  const latest = useRef(place);
  latest.current = place;
  const fill = useCallback((text: string) => setDraft((before) => ({ text, serial: before.serial + 1 })), []);
  const run = useCallback(
    (step: Step) => {
      const { setUser, setChannel, people, isPhone, setWorldOpen } = latest.current;
      const become = (name: string) => setUser(people.find((one) => one.name === name)?.id ?? '');
      setDone((all) => new Set(all).add(step));
      if (step === 4) return point('#faults .fault-group');
      if (isPhone) setWorldOpen(false);
      setChannel('C0WARROOM');
      if (step === 2) {
        become('Bharat');
        setTimeout(
          () => point('.message:has(button#approve):last-of-type, .message:has(button#approve)'),
          250,
        );
      } else if (step === 3) {
        setTimeout(() => point('.message:has(.chart), .message:has(button)'), 250);
      } else {
        become('Asha');
        fill(step === 1 ? FIRST_COMMAND : ADOPT_COMMAND);
      }
    },
    [fill],
  );
  const guide = useMemo<GuideActions>(() => ({ done, run }), [done, run]);
  const visible = messages?.filter((message) => !dismissed.has(message.ts)) ?? null;
  const hasBot = shown.channels.find((one) => one.id === channel)?.hasBot ?? true;

  return (
    <WorldContext.Provider value={context}>
      <NamesContext.Provider value={names}>
        <div className="app" data-side={thread ? 'thread' : isWorldOpen ? 'world' : 'none'}>
          <Rail
            world={shown}
            user={user}
            channel={channel}
            unread={unread}
            theme={theme}
            isOpen={isRailOpen}
            onUser={place.setUser}
            onChannel={place.setChannel}
            onTheme={toggle}
            onClose={() => setRailOpen(false)}
          />
          <main className="channel">
            <header className="channel-head">
              <button
                type="button"
                className="icon-button phone-only"
                aria-label="Menu"
                onClick={() => setRailOpen(true)}
              >
                <Icon name="menu" size={20} />
              </button>
              <h1>{title}</h1>
              {!hasBot && <span className="quiet">the bot is not in this channel</span>}
              <button
                type="button"
                className="world-button"
                aria-expanded={isWorldOpen && !thread}
                onClick={() => {
                  place.setThread(null);
                  place.setWorldOpen(thread ? true : !isWorldOpen);
                }}
              >
                <Icon name="globe" size={16} /> World
                {shown.load && (
                  <b className={shown.load.failed > 0 ? 'bad' : 'good'}>{shown.load.failed} failed</b>
                )}
              </button>
            </header>
            <div className="phone-only">
              <YouAre isCompact people={shown.people} user={user} onUser={place.setUser} />
            </div>
            {!isUp && (
              <p className="offline" role="status">
                The sandbox does not answer. Trying again…
              </p>
            )}
            <MessageList
              label={`Messages of ${title}`}
              channel={channel}
              messages={visible}
              error={isUp ? error : null}
              isInThread={false}
              openThread={thread}
              onThread={place.setThread}
              onDismiss={dismiss}
              onActed={acted}
              empty={
                channel === 'C0WARROOM' ? (
                  <Welcome
                    me={shown.people.find((one) => one.id === user)?.name ?? null}
                    isWorldOpen={isWorldOpen}
                    onPick={fill}
                    onWorld={() => place.setWorldOpen(true)}
                  />
                ) : (
                  <p className="empty">
                    <strong>Nothing here yet.</strong>
                  </p>
                )
              }
            />
            <p className="typing" aria-live="polite">
              {isTyping && `${shown.bot.name} is working…`}
            </p>
            <Composer channel={channel} channelName={title} draft={draft} onSent={acted} />
          </main>
          {thread && (
            <ThreadPane
              channel={channel}
              channelName={title}
              user={user}
              thread={thread}
              listen={listen}
              dismissed={dismissed}
              onDismiss={dismiss}
              onClose={() => place.setThread(null)}
              onActed={acted}
            />
          )}
          {isWorldOpen && (
            <WorldPanel
              world={shown}
              isStale={world.isStale}
              guide={guide}
              onChanged={world.refresh}
              onReset={async () => {
                place.setThread(null);
                setDone(new Set());
                await Promise.all([world.refresh(), acted()]);
              }}
              onClose={() => place.setWorldOpen(false)}
            />
          )}
          {views.top && <ViewModal key={views.top.id} view={views.top} user={user} onChanged={acted} />}
        </div>
      </NamesContext.Provider>
    </WorldContext.Provider>
  );
}
