import { createRoot } from 'react-dom/client';
import './styles/index.css';
import { App } from './App.tsx';
import { Toasts } from './state/toasts.tsx';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <Toasts>
    <App />
  </Toasts>,
);
