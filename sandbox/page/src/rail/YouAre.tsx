import type { Person } from '../api/world.ts';
import { Avatar } from '../message/Avatar.tsx';

/** Who you are is what the four-eyes rule is about: always in sight, one tap to change. */
export function YouAre(props: {
  people: readonly Person[];
  user: string;
  onUser: (id: string) => void;
  isCompact?: boolean;
}) {
  const me = props.people.find((person) => person.id === props.user);
  return (
    <section className={props.isCompact ? 'you you-compact' : 'you'} aria-label="Who you are">
      <p className="you-name">
        <span>You are</span> <strong>{me?.name ?? '…'}</strong>
        <small>{me?.title}</small>
      </p>
      <div className="you-people" role="radiogroup" aria-label="Switch person">
        {props.people.map((person) => (
          // biome-ignore lint/a11y/useSemanticElements: a picture button that acts at once, not a form's radio
          <button
            key={person.id}
            type="button"
            role="radio"
            aria-checked={person.id === props.user}
            aria-label={`Become ${person.name}, ${person.title}`}
            title={`${person.name} · ${person.title}`}
            onClick={() => props.onUser(person.id)}
          >
            <Avatar name={person.name} size={30} />
            <span>{person.name}</span>
          </button>
        ))}
      </div>
    </section>
  );
}
