import { render } from 'preact';
import { App } from './app.tsx';
import './style/base.css';
import './style/parts.css';
import './style/board.css';
import './style/conversation.css';
import './style/sections.css';

const page = document.getElementById('page');
if (page) render(<App />, page);
