/** A person with kubectl: what is done to a service behind the bot's back. */
import { kubectlEdit } from '../../../sandbox/world/kubectl.ts';
import type { AnyWorld } from '../../../sandbox/world/world.ts';
import { paths } from './config.ts';
import type { Colour, Lane } from './lane.ts';

const edit = <T>(world: AnyWorld, path: string, change: (object: T) => void): Promise<void> =>
  kubectlEdit<T>(world.kubectl, path, change);

interface Deployment {
  readonly spec: {
    replicas: number;
    readonly template: { readonly spec: { readonly containers: { image: string }[] } };
  };
}

export const scale = ({ world, service }: Lane, colour: Colour, replicas: number): Promise<void> =>
  edit<Deployment>(world, paths(service)[colour], ({ spec }) => {
    spec.replicas = replicas;
  });

export const setImage = ({ world, service }: Lane, colour: Colour, image: string): Promise<void> =>
  edit<Deployment>(world, paths(service)[colour], ({ spec }) => {
    for (const container of spec.template.spec.containers) container.image = image;
  });

interface Route {
  readonly spec: {
    readonly http: readonly {
      readonly route: readonly { readonly destination: { readonly subset: Colour }; weight: number }[];
    }[];
  };
}

export const flip = ({ world, service }: Lane, weight: Readonly<Record<Colour, number>>): Promise<void> =>
  edit<Route>(world, paths(service).route, ({ spec }) => {
    for (const entry of spec.http[0]?.route ?? []) entry.weight = weight[entry.destination.subset];
  });
