using Community.Benchmarks;

return await Commands.Run(args);
