import { isObject } from '../check.ts';
import { botMessage, SlackError } from '../compose.ts';
import { random } from '../state.ts';
import { writable } from './chat.ts';
import type { Methods } from './kinds.ts';

export const files: Methods = {
  'files.getUploadURLExternal': (state, args) => {
    const length = Number(args.length);
    if (!args.filename || !Number.isInteger(length) || length < 1) throw new SlackError('invalid_arguments');
    const id = random('F', 10);
    state.files.set(id, { id, name: String(args.filename), isUploaded: false, length });
    return { upload_url: `${state.url}/upload/${id}`, file_id: id };
  },
  'files.completeUploadExternal': (state, args) => {
    const wanted = Array.isArray(args.files) ? args.files.filter(isObject) : [];
    const found = wanted.map((each) => ({ file: state.files.get(String(each.id)), title: each.title }));
    if (found.length === 0) throw new SlackError('invalid_arguments');
    if (found.some((each) => !each.file?.isUploaded)) throw new SlackError('file_not_found');
    const files = found.map(({ file, title }) => ({
      id: file?.id,
      name: file?.name,
      title: title ?? file?.name,
      size: file?.length,
      url_private: `${state.url}/files/${file?.id}`,
    }));
    if (args.channel_id) {
      const channel = writable(state, args.channel_id);
      const text = String(args.initial_comment ?? '');
      state.add(channel.id, {
        ...botMessage(state, { text, blocks: undefined }),
        subtype: 'file_share',
        files,
        ...(args.thread_ts ? { thread_ts: String(args.thread_ts) } : {}),
      });
    }
    return { files };
  },
};
