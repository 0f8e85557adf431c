import type { Writer } from '../managed-fields.ts';

/** A loop that moves the world towards what objects say. */
export interface Controller {
  close(): void;
}

const MANAGER = 'kube-controller-manager';

/** How a controller signs its writes. */
export function controllerWriter(apiVersion: string, subresource?: 'status' | 'scale'): Writer {
  return { manager: MANAGER, apiVersion, ...(subresource === undefined ? {} : { subresource }) };
}

export function kubeletWriter(subresource?: 'status'): Writer {
  return { manager: 'kubelet', apiVersion: 'v1', ...(subresource === undefined ? {} : { subresource }) };
}
