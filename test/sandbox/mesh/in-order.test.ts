import { expect, it } from 'vitest';
import { InOrder } from '../../../sandbox/mesh/in-order.ts';

it('holds news of routes after a break until every other kind was listed again, and keeps their order', () => {
  const order = new InOrder();
  const seen: string[] = [];
  const note = (text: string) => () => void seen.push(text);
  order.take('virtualServices', true, note('route 1'));
  order.broke('slices');
  order.broke('services');
  order.broke('virtualServices');
  order.take('virtualServices', true, note('route 2'));
  order.take('virtualServices', false, note('route 3'));
  order.take('slices', true, note('endpoints'));
  expect(seen).toEqual(['route 1', 'endpoints']);
  order.take('services', true, note('services'));
  order.take('virtualServices', false, note('route 4'));
  expect(seen).toEqual(['route 1', 'endpoints', 'services', 'route 2', 'route 3', 'route 4']);
});
