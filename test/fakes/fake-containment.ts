/** Pods that can be taken out of service, in memory, with the same promises. */
import type { PodRef } from '../../src/core/alert/contained.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import type { Containment, FoundPod } from '../../src/ports/containment.ts';
import type { Place } from '../../src/ports/workloads.ts';

export class FakeContainment implements Containment {
  pods: { readonly pod: PodRef; createdAt: number | null; isQuarantined: boolean }[] = [];
  fault: DabbawalaError | null = null;

  async find({ cluster, namespace }: Place, name: string): Promise<FoundPod | null> {
    if (this.fault) throw this.fault;
    const found = this.pods.find(
      ({ pod }) => pod.cluster === cluster && pod.namespace === namespace && pod.name === name,
    );
    return found ? { ...found } : null;
  }

  async quarantine(pod: PodRef): Promise<'done' | 'gone'> {
    if (this.fault) throw this.fault;
    const found = this.#same(pod);
    if (found) found.isQuarantined = true;
    return found ? 'done' : 'gone';
  }

  async kill(pod: PodRef): Promise<'done' | 'gone'> {
    if (this.fault) throw this.fault;
    const found = this.#same(pod);
    if (!found) return 'gone';
    if (!found.isQuarantined) throw new DabbawalaError('plan_refused', 'It is not quarantined.');
    this.pods = this.pods.filter((one) => one !== found);
    return 'done';
  }

  #same = ({ uid }: PodRef) => this.pods.find(({ pod }) => pod.uid === uid);
}
